'use client';
import { useEffect, useState } from 'react';
import { firstAttention } from '../../first-attention.js';

export default function Page() {
  const [result, setResult] = useState('');
  useEffect(() => {
    firstAttention()
      .catch((error) => ({ error: String(error) }))
      .then((value) => setResult(JSON.stringify(value)));
  }, []);
  return <output>{result}</output>;
}
